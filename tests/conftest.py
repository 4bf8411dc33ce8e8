"""What every test shares."""

import psutil
import pytest

SHOWN = ["pid", "ppid", "status", "cpu_times", "cmdline"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Show the processes of a test that waited for too long: the one it waited for is among them."""
    report = yield
    if call.excinfo is not None and "Timeout" in str(call.excinfo.value):
        lines = [str(process.info) for process in psutil.process_iter(SHOWN)]
        report.sections.append(("processes", "\n".join(lines)))
    return report
