"""How Sphinx builds the documentation; it needs no network."""

import re
import sys
from pathlib import Path

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

import skising

sys.path.insert(0, str(Path(__file__).parent))

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
# A name in single backticks becomes a link if it is documented, and code if not.
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
    "within_subsection_order": "gallery_settings.FromFirstStepsOn",
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
html_show_sphinx = False
html_show_sourcelink = False
html_math_renderer = "mathml"
html_sidebars = {
    "index": [],
    "getting_started": [],
    "physics": [],
    "reproduction": [],
    "glossary": [],
    "cite": [],
    "contributing": [],
}
html_theme_options = {
    "logo": {"text": "skising"},
    "header_links_before_dropdown": 5,
    "show_prev_next": False,
    "navigation_with_keys": False,
    # None beside the front page, which is a single one, and the gallery, whose code is wide.
    "secondary_sidebar_items": {
        page: ["page-toc"]
        for page in (
            *("api", "cite", "contributing", "getting_started", "glossary", "physics"),
            *("reproduction", "generated/*", "user_guide/*"),
        )
    },
    "footer_start": ["copyright"],
    "footer_end": [],
}

_METADATA_ROUTING = re.compile(r"set_\w+_request")


def skip_inherited(app, what, name, obj, skip, options):
    """Leave out what scikit-learn and torch document, which refers to pages of theirs."""
    home = getattr(getattr(obj, "fget", obj), "__module__", None) or "skising"
    inherited = home.split(".")[0] in ("sklearn", "torch")
    is_field = type(obj).__name__ == "_tuplegetter"  # of a named tuple, which its signature names
    return True if inherited or is_field or _METADATA_ROUTING.fullmatch(name) else None


def visit_math(translator, node):
    """Write a formula as MathML, which browsers draw without a script from elsewhere."""
    translator.body.append(tex2mathml(node.astext(), as_block=False))
    raise nodes.SkipNode


def visit_displayed_math(translator, node):
    """Write a formula on a line of its own."""
    formula = tex2mathml(node.astext(), as_block=True)
    translator.body.append(f'<div class="math">{formula}</div>\n')
    raise nodes.SkipNode


def setup(app):
    """Register the two hooks above."""
    app.connect("autodoc-skip-member", skip_inherited)
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_displayed_math, None))
