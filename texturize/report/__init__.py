"""A page that a browser opens by itself: a clip and the textures made from it, to be heard, seen and judged."""

from texturize.report.page import check_report, report_html, write_report
from texturize.report.sounds import Sound, read_sounds

__all__ = ["Sound", "check_report", "read_sounds", "report_html", "write_report"]
