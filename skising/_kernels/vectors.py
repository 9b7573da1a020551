"""Vectors of sixteen numbers, which the compiler keeps in the registers of the processor.

The compiler does not vectorize every loop by itself: not those that end early, as in the drawing
of random digits, and not those that write to several arrays, which might overlap. Kernels that use
these types are vectorized on every processor.

A vector of `words` holds 64-bit unsigned integers, `integers` 32-bit signed integers, `floats`
32-bit floats, and `doubles` 64-bit floats.
"""

import operator

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model

N_LANES = 16


class _Vector(types.Type):
    def __init__(self, name, element):
        super().__init__(name=f"{name}{N_LANES}")
        self.element = element
        self.llvm = ir.VectorType(element, N_LANES)

    def constant(self, value):
        return ir.Constant(self.llvm, [value] * N_LANES)


@register_model(_Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, data_model_manager, vector):
        super().__init__(data_model_manager, vector, vector.llvm)


_words = _Vector("Words", ir.IntType(64))
_integers = _Vector("Integers", ir.IntType(32))
_floats = _Vector("Floats", ir.FloatType())
_doubles = _Vector("Doubles", ir.DoubleType())
_bytes = _Vector("Bytes", ir.IntType(8))

_VECTOR_OF = {
    types.uint64: _words,
    types.int32: _integers,
    types.float32: _floats,
    types.float64: _doubles,
}


def _pointer(context, builder, array_type, array, index, vector):
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), vector.llvm.as_pointer())


@intrinsic
def load(typingctx, array, index):
    """Return sixteen numbers of a one-dimensional array from an index on; int8 as integers."""
    stored = _bytes if array.dtype == types.int8 else _VECTOR_OF[array.dtype]
    loaded = _integers if stored is _bytes else stored

    def codegen(context, builder, signature, args):
        pointer = _pointer(context, builder, signature.args[0], *args, stored)
        numbers = builder.load(pointer, align=array.dtype.bitwidth // 8)
        return numbers if loaded is stored else builder.sext(numbers, loaded.llvm)

    return loaded(array, types.int64), codegen


@intrinsic
def store(typingctx, array, index, numbers):
    """Write a vector to a one-dimensional array of its type, from an index on."""

    def codegen(context, builder, signature, args):
        pointer = _pointer(context, builder, signature.args[0], *args[:2], numbers)
        builder.store(args[2], pointer, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.int64, _VECTOR_OF[array.dtype]), codegen


@intrinsic
def splat(typingctx, number):
    """Return a vector of sixteen copies of a number."""
    vector = _VECTOR_OF[number]

    def codegen(context, builder, signature, args):
        undefined = ir.Constant(vector.llvm, ir.Undefined)
        first = builder.insert_element(undefined, args[0], ir.Constant(ir.IntType(32), 0))
        return builder.shuffle_vector(first, undefined, _integers.constant(0))

    return vector(number), codegen


@intrinsic
def is_any_set(typingctx, words):
    """Return whether any bit of any word is set."""

    def codegen(context, builder, signature, args):
        whole = builder.bitcast(args[0], ir.IntType(64 * N_LANES))
        return builder.icmp_unsigned("!=", whole, ir.Constant(whole.type, 0))

    return types.boolean(_words), codegen


@intrinsic(prefer_literal=True)
def rotate_left(typingctx, words, n_bits):
    """Rotate each word left by n_bits, a constant."""
    n = n_bits.literal_value

    def codegen(context, builder, signature, args):
        up, down = _words.constant(n), _words.constant(64 - n)
        return builder.or_(builder.shl(args[0], up), builder.lshr(args[0], down))

    return _words(_words, n_bits), codegen


@intrinsic(prefer_literal=True)
def shift_left(typingctx, words, n_bits):
    """Shift each word left by n_bits, a constant."""
    n = n_bits.literal_value

    def codegen(context, builder, signature, args):
        return builder.shl(args[0], _words.constant(n))

    return _words(_words, n_bits), codegen


@intrinsic
def as_floats(typingctx, numbers):
    """Convert integers or doubles to floats."""
    convert = "fptrunc" if numbers is _doubles else "sitofp"

    def codegen(context, builder, signature, args):
        return getattr(builder, convert)(args[0], _floats.llvm)

    return _floats(_doubles if numbers is _doubles else _integers), codegen


@intrinsic
def as_doubles(typingctx, integers):
    """Convert integers to doubles."""

    def codegen(context, builder, signature, args):
        return builder.sitofp(args[0], _doubles.llvm)

    return _doubles(_integers), codegen


@intrinsic
def equal(typingctx, integers, others):
    """Return 1 where two vectors of integers are equal, and 0 elsewhere."""

    def codegen(context, builder, signature, args):
        return builder.zext(builder.icmp_signed("==", *args), _integers.llvm)

    return _integers(_integers, _integers), codegen


@intrinsic
def sign(typingctx, integers):
    """Return the sign of each integer: -1, 0 or 1."""

    def codegen(context, builder, signature, args):
        one, minus_one = _integers.constant(1), _integers.constant(-1)
        x = builder.select(builder.icmp_signed("<", args[0], one), args[0], one)
        return builder.select(builder.icmp_signed(">", x, minus_one), x, minus_one)

    return _integers(_integers), codegen


@intrinsic
def clip(typingctx, numbers):
    """Limit each float or double to the interval from -1 to 1."""

    def codegen(context, builder, signature, args):
        one, minus_one = numbers.constant(1.0), numbers.constant(-1.0)
        x = builder.select(builder.fcmp_ordered("<", args[0], one), args[0], one)
        return builder.select(builder.fcmp_ordered(">", x, minus_one), x, minus_one)

    return numbers(numbers), codegen


@intrinsic
def zero_below(typingctx, numbers, limits, others):
    """Return some floats or doubles, but 0 where `others`, of the same type, are below `limits`."""

    def codegen(context, builder, signature, args):
        is_below = builder.fcmp_ordered("<", args[2], args[1])
        return builder.select(is_below, numbers.constant(0.0), args[0])

    return numbers(numbers, numbers, numbers), codegen


@intrinsic
def square_root(typingctx, numbers):
    """Return the square root of each float or double."""

    def codegen(context, builder, signature, args):
        return builder.call(_square_root(builder, numbers), args)

    return numbers(numbers), codegen


def _square_root(builder, vector):
    bits = {_floats: 32, _doubles: 64}[vector]
    kind = ir.FunctionType(vector.llvm, [vector.llvm])
    return cgutils.get_or_insert_function(builder.module, kind, f"llvm.sqrt.v{N_LANES}f{bits}")


@intrinsic
def inverse_root(typingctx, floats):
    """Return 1 / sqrt(x) for each float x, and 0 where x is 0."""

    def codegen(context, builder, signature, args):
        one, zero = _floats.constant(1.0), _floats.constant(0.0)
        inverse = builder.fdiv(one, builder.call(_square_root(builder, _floats), args))
        return builder.select(builder.fcmp_ordered("==", args[0], zero), zero, inverse)

    return _floats(_floats), codegen


@intrinsic
def transpose(typingctx, source, row, column, target, target_row, target_column):
    """Copy 16 x 16 numbers from one C-contiguous array to another, with rows and columns exchanged.

    The numbers start at (`row`, `column`) of `source` and at (`target_row`, `target_column`) of
    `target`.
    """
    element = {types.int8: ir.IntType(8), types.float32: ir.FloatType()}[source.dtype]
    vector = ir.VectorType(element, N_LANES)
    half = N_LANES // 2

    def codegen(context, builder, signature, args):
        def pointers(array_type, value, row, column):
            array = context.make_array(array_type)(context, builder, value)
            for i in range(N_LANES):
                index = [builder.add(row, ir.Constant(row.type, i)), column]
                first = cgutils.get_item_pointer(context, builder, array_type, array, index)
                yield builder.bitcast(first, vector.as_pointer())

        align = source.dtype.bitwidth // 8
        sources = pointers(signature.args[0], *args[:3])
        rows = [builder.load(pointer, align=align) for pointer in sources]
        # A perfect shuffle (as of cards) of all 256 numbers rotates the 8 bits of their indices by
        # one. Four shuffles exchange the 4 bits of the row with the 4 bits of the column.
        shuffles = [
            ir.Constant(
                ir.VectorType(ir.IntType(32), N_LANES),
                [start + i // 2 + N_LANES * (i % 2) for i in range(N_LANES)],
            )
            for start in (0, half)
        ]
        for _ in range(N_LANES.bit_length() - 1):
            rows = [
                builder.shuffle_vector(rows[i], rows[half + i], shuffle)
                for i in range(half)
                for shuffle in shuffles
            ]
        for pointer, numbers in zip(pointers(signature.args[3], *args[3:]), rows, strict=True):
            builder.store(numbers, pointer, align=align)
        return context.get_dummy_value()

    index = types.int64
    return types.void(source, index, index, target, index, index), codegen


def _register(function, n_operands, instructions):
    """Implement an operator of Python by an LLVM instruction for each type of vector."""
    implementations = {}
    for vector, instruction in instructions.items():
        implementations[vector] = _implementation(vector, instruction, n_operands)

    if n_operands == 1:

        @overload(function)
        def implement_unary(a):
            return implementations.get(a)

    else:

        @overload(function)
        def implement_binary(a, b):
            return implementations.get(a) if a is b else None


def _implementation(vector, instruction, n_operands):
    if n_operands == 1:

        @intrinsic
        def unary(typingctx, a):
            return vector(vector), lambda _, builder, __, args: getattr(builder, instruction)(*args)

        return lambda a: unary(a)

    @intrinsic
    def binary(typingctx, a, b):
        return (
            vector(vector, vector),
            lambda _, builder, __, args: getattr(builder, instruction)(*args),
        )

    return lambda a, b: binary(a, b)


_register(operator.invert, 1, {_words: "not_"})
_register(operator.and_, 2, {_words: "and_"})
_register(operator.or_, 2, {_words: "or_"})
_register(operator.xor, 2, {_words: "xor"})
_register(operator.add, 2, {_words: "add", _integers: "add", _floats: "fadd"})
_register(operator.sub, 2, {_integers: "sub"})
_register(operator.mul, 2, {_integers: "mul", _floats: "fmul", _doubles: "fmul"})
_register(operator.truediv, 2, {_floats: "fdiv", _doubles: "fdiv"})


@intrinsic
def _add_to_words(typingctx, words, integers):
    def codegen(context, builder, signature, args):
        return builder.add(args[0], builder.sext(args[1], _words.llvm))

    return _words(_words, _integers), codegen


@overload(operator.add)
def _implement_sums_of_64_bits(a, b):
    """Add integers to words, which count modulo 2^64: a sum may be read as int64."""
    if a is _words and b is _integers:
        return lambda a, b: _add_to_words(a, b)
    return None
