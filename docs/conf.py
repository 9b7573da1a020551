"""Configuration of Sphinx. The build needs no network."""

import re
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.pycode import ModuleAnalyzer

import skising

sys.path.insert(0, str(Path(__file__).parent))

import gallery_settings

project = "skising"
author = "The skising developers"
copyright = author
release = version = skising.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build"]
templates_path = ["_templates"]
# A name in single backticks becomes a link if it is documented, and code otherwise.
default_role = "py:obj"
add_module_names = False
toc_object_entries_show_parents = "hide"
autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"/plot_",
    "within_subsection_order": "gallery_settings.TeachingOrder",
    "minigallery_sort_order": "gallery_settings.teaching_order",
    "image_srcset": ["2x"],
    "reset_modules": ("matplotlib", "gallery_settings.hide_progress_bars"),
    "abort_on_example_error": True,
    "show_memory": False,
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("skising",),
    "thumbnail_size": (480, 320),
    "copyfile_regex": r"",
}

html_theme = "pydata_sphinx_theme"
html_title = "skising"
html_static_path = ["_static"]
html_css_files = ["skising.css"]
html_favicon = "_static/favicon.svg"
html_show_sphinx = False
html_show_sourcelink = False
html_math_renderer = "mathml"
html_sidebars = {
    "index": [],
    "getting_started": [],
    "physics": [],
    "comparison": [],
    "reproduction": [],
    "glossary": [],
    "cite": [],
    "contributing": [],
    "changelog": [],
    "release": [],
}
html_theme_options = {
    "logo": {
        "text": "skising",
        "image_light": "_static/logo_light.svg",
        "image_dark": "_static/logo_dark.svg",
    },
    "header_links_before_dropdown": 6,
    "show_prev_next": False,
    "navigation_with_keys": False,
    # Only these pages show a table of contents. The gallery has none, because its code is wide.
    "secondary_sidebar_items": {
        page: ["page-toc"]
        for page in (
            *("api", "changelog", "cite", "comparison", "contributing", "getting_started"),
            *("glossary", "physics", "release", "reproduction", "generated/*", "user_guide/*"),
        )
    },
    "footer_start": ["copyright"],
    "footer_end": [],
}

_METADATA_ROUTING = re.compile(r"set_\w+_request")


def skip_inherited(app, what, name, obj, skip, options):
    """Skip members of scikit-learn and torch, whose docstrings link to pages of their own."""
    module = getattr(getattr(obj, "fget", obj), "__module__", None) or "skising"
    is_inherited = module.split(".")[0] in ("sklearn", "torch")
    # The signature of a named tuple already lists its fields.
    is_field = type(obj).__name__ == "_tuplegetter"
    return True if is_inherited or is_field or _METADATA_ROUTING.fullmatch(name) else None


def document_constant(app, what, name, obj, options, lines):
    """Take the docstring of a constant from the module of a package that defines it."""
    package, _, constant = name.rpartition(".")
    if what == "data":
        for module in iter_modules(getattr(import_module(package), "__path__", [])):
            analyzer = ModuleAnalyzer.for_module(f"{package}.{module.name}")
            lines[:] = analyzer.find_attr_docs().get(("", constant), lines)


def read_changelog(app, path, parent_docname, content):
    """Underline the headings of CHANGELOG.md. Its lists and its code are reStructuredText, too."""

    def underline(heading):
        marks, text = heading.groups()
        return f"{text}\n{('=' if marks == '#' else '-') * len(text)}"

    if path.name == "CHANGELOG.md":
        content[0] = re.sub(r"^(#+) (.+)$", underline, content[0], flags=re.MULTILINE)


def visit_math(translator, node):
    """Write an inline formula as MathML, which browsers show without a script."""
    translator.body.append(tex2mathml(node.astext(), as_block=False))
    raise nodes.SkipNode


def visit_displayed_math(translator, node):
    """Write a displayed formula as MathML."""
    formula = tex2mathml(node.astext(), as_block=True)
    translator.body.append(f'<div class="math">{formula}</div>\n')
    raise nodes.SkipNode


def setup(app):
    """Register the functions above with Sphinx."""
    # After sphinx-gallery has run the examples.
    app.connect("builder-inited", gallery_settings.crop_thumbnails, priority=900)
    app.connect("autodoc-skip-member", skip_inherited)
    app.connect("autodoc-process-docstring", document_constant)
    app.connect("include-read", read_changelog)
    app.connect("missing-reference", gallery_settings.link_public_names)
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_displayed_math, None))
