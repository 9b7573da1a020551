"""Sixteen 64-bit words as one value, which the compiler keeps in vector registers.

Loops that end early, as the drawing of random digits does, are not made vector code of by the
compiler. In kernels that use this type they are so from the beginning, whatever registers the
processor has.
"""

import operator

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, models, overload, register_model

N_WORDS = 16

_VECTOR = ir.VectorType(ir.IntType(64), N_WORDS)


class _Words(types.Type):
    def __init__(self):
        super().__init__(name=f"Words{N_WORDS}")


_words = _Words()


@register_model(_Words)
class _WordsModel(models.PrimitiveModel):
    def __init__(self, data_model_manager, numba_type):
        super().__init__(data_model_manager, numba_type, _VECTOR)


def _pointer(context, builder, array_type, array, index):
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), _VECTOR.as_pointer())


@intrinsic
def load(typingctx, array, index):
    """Return the words of a one-dimensional array from an index on."""

    def codegen(context, builder, signature, args):
        pointer = _pointer(context, builder, signature.args[0], *args)
        return builder.load(pointer, align=8)

    return _words(array, types.int64), codegen


@intrinsic
def store(typingctx, array, index, words):
    """Put words into a one-dimensional array from an index on."""

    def codegen(context, builder, signature, args):
        pointer = _pointer(context, builder, signature.args[0], *args[:2])
        builder.store(args[2], pointer, align=8)
        return context.get_dummy_value()

    return types.void(array, types.int64, _words), codegen


@intrinsic
def splat(typingctx, word):
    """Return one word as often as it fits."""

    def codegen(context, builder, signature, args):
        first = builder.insert_element(
            ir.Constant(_VECTOR, ir.Undefined), args[0], ir.Constant(ir.IntType(32), 0)
        )
        mask = ir.Constant(ir.VectorType(ir.IntType(32), N_WORDS), [0] * N_WORDS)
        return builder.shuffle_vector(first, ir.Constant(_VECTOR, ir.Undefined), mask)

    return _words(types.uint64), codegen


@intrinsic
def is_any_set(typingctx, words):
    """Return whether a bit is set in any of the words."""

    def codegen(context, builder, signature, args):
        whole = builder.bitcast(args[0], ir.IntType(64 * N_WORDS))
        return builder.icmp_unsigned("!=", whole, ir.Constant(whole.type, 0))

    return types.boolean(_words), codegen


@intrinsic(prefer_literal=True)
def rotate_left(typingctx, words, n_bits):
    """Return each of the words with its bits moved up by n_bits, a constant, around its end."""
    n = n_bits.literal_value

    def codegen(context, builder, signature, args):
        up, down = (ir.Constant(_VECTOR, [k] * N_WORDS) for k in (n, 64 - n))
        return builder.or_(builder.shl(args[0], up), builder.lshr(args[0], down))

    return _words(_words, n_bits), codegen


@intrinsic(prefer_literal=True)
def shift_left(typingctx, words, n_bits):
    """Return each of the words with its bits moved up by n_bits, a constant."""
    n = n_bits.literal_value

    def codegen(context, builder, signature, args):
        return builder.shl(args[0], ir.Constant(_VECTOR, [n] * N_WORDS))

    return _words(_words, n_bits), codegen


def _register(function, instruction, n_operands):
    @intrinsic
    def unary(typingctx, a):
        return _words(_words), lambda _, builder, __, args: getattr(builder, instruction)(*args)

    @intrinsic
    def binary(typingctx, a, b):
        return (
            _words(_words, _words),
            lambda _, builder, __, args: getattr(builder, instruction)(*args),
        )

    if n_operands == 1:

        @overload(function)
        def implement_unary(a):
            if a is _words:
                return lambda a: unary(a)

    else:

        @overload(function)
        def implement_binary(a, b):
            if a is _words and b is _words:
                return lambda a, b: binary(a, b)


_register(operator.invert, "not_", 1)
_register(operator.and_, "and_", 2)
_register(operator.or_, "or_", 2)
_register(operator.xor, "xor", 2)
_register(operator.add, "add", 2)
