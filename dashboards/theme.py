"""Design tokens: colours, type and sizes, once, for the style sheet and the figures.

Figures name a colour as ``var(--arm-a)``; the page's script looks the value up when it draws,
so that one figure serves light, dark and print.
"""

from __future__ import annotations

LIGHT: dict[str, str] = {
    "page": "#F4F6F8",
    "card": "#FFFFFF",
    "ink": "#17202A",
    "ink-2": "#4A5560",
    "axis": "#6B7480",
    "grid": "#E3E7EB",
    "rule": "#C3CAD1",
    "line": "#D5DAE0",
    "arm-a": "#134B8A",
    "arm-a-band": "rgba(19,75,138,.16)",
    "arm-b": "#B8500B",
    "arm-b-band": "rgba(184,80,11,.16)",
    "good": "#0F5C57",
    "good-bg": "#E6F2F0",
    "warn": "#6B4A00",
    "warn-bg": "#FFF4DB",
    "link": "#134B8A",
    "heat-1": "#F1F3F4",
    "heat-2": "#DFE2E5",
    "heat-3": "#CBD0D4",
    "heat-4": "#B4BBC1",
    "heat-5": "#9AA3AB",
}
DARK: dict[str, str] = {
    "page": "#0E1318",
    "card": "#171D24",
    "ink": "#EDF1F5",
    "ink-2": "#B3BDC8",
    "axis": "#8794A2",
    "grid": "#2A323B",
    "rule": "#46515D",
    "line": "#333D48",
    "arm-a": "#7FB2F0",
    "arm-a-band": "rgba(127,178,240,.22)",
    "arm-b": "#F2A35E",
    "arm-b-band": "rgba(242,163,94,.22)",
    "good": "#6FCFC3",
    "good-bg": "#12302D",
    "warn": "#F5CE7A",
    "warn-bg": "#33280E",
    "link": "#9CC4F5",
    "heat-1": "#1E252C",
    "heat-2": "#2B333B",
    "heat-3": "#3A434C",
    "heat-4": "#4A545E",
    "heat-5": "#5B6671",
}

# A family name with a digit needs quoting in SVG, and Plotly drops the quotes.
EMBEDDED_FAMILY = "SourceSans"
FONT_FAMILY = f"{EMBEDDED_FAMILY}, system-ui, -apple-system, Segoe UI, Roboto, Arial, sans-serif"

LABEL_SIZE = 15
AXIS_SIZE = 13
ARM_B_DASH = "8px,3px"
NARROW_BELOW = 480


def token(name: str) -> str:
    """Return the CSS reference of one colour; KeyError if the theme has no such token."""
    if name not in LIGHT:
        raise KeyError(f"no colour token named {name!r}")
    return f"var(--{name})"


def css_variables() -> str:
    """Return the style rules that define every token.

    ``.light`` holds the light values whatever the scheme is: the script reads them from there
    for print and for downloaded pictures.
    """
    light = ";".join(f"--{name}:{value}" for name, value in LIGHT.items())
    dark = ";".join(f"--{name}:{value}" for name, value in DARK.items())
    return (
        f":root,.light{{{light}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        f":root{{--font:{FONT_FAMILY}}}"
    )


def font_script(woff2_base64: str) -> str:
    """Return the script file that brings the embedded variable font, once for all pages.

    ``window.FONT`` keeps its address for the pictures of charts, which carry it along.
    """
    return (
        f'window.FONT={{family:"{EMBEDDED_FAMILY}",weight:"200 900",'
        f'url:"data:font/woff2;base64,{woff2_base64}"}};\n'
        'document.fonts.add(new FontFace(FONT.family,"url("+FONT.url+")",{weight:FONT.weight}));\n'
    )
