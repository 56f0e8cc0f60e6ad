"""A verdict as JUnit XML, which CI systems show as test results."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from texturize.golden.verdict import Check, Verdict


def describe(check: Check) -> str:
    """A line in words: what moved, by how much, and what it may."""
    if check.moved is None or check.tolerance is None:
        return check.note
    unit = f" {check.unit}" if check.unit else ""
    return f"moved by {check.moved:.3g}{unit}, tolerance {check.tolerance:.3g}{unit}"


def junit_xml(verdict: Verdict, name: str) -> str:
    """XML text of a test suite with a test case for each line of a verdict."""
    failures = str(len(verdict.failed))
    root = ET.Element("testsuites", tests=str(len(verdict.checks)), failures=failures)
    suite = ET.SubElement(
        root, "testsuite", name=f"texturize check {name}", tests=root.attrib["tests"], failures=failures, errors="0"
    )
    for check in verdict.checks:
        case = ET.SubElement(suite, "testcase", classname=name, name=check.name)
        if not check.passed:
            ET.SubElement(case, "failure", message=describe(check), type="tolerance")
        else:
            ET.SubElement(case, "system-out").text = describe(check)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
