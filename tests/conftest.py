"""What every test shares."""

import subprocess

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Show the processes of a test that waited for too long: the one it waited for is among them."""
    report = yield
    if call.excinfo is not None and "Timeout" in str(call.excinfo.value):
        shown = subprocess.run(
            ["ps", "-eo", "pid,ppid,stat,etime,time,wchan:24,args"], text=True, capture_output=True, check=False
        )
        report.sections.append(("processes", shown.stdout))
    return report
