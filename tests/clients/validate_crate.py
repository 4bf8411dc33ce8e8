"""roc-validator on a crate, without a network: run by a Python that has it. Arguments: the crate, a context as JSON, profiles.

The validator asks the web for the JSON-LD context; here it takes that of RO-Crate 1.3 from the package `rocrate`, which holds all terms of
1.1, with Bioschemas' terms at the addresses of 1.1. No check is left out.
"""

import sys
from pathlib import Path

import requests
from rocrate_validator import models, services
from rocrate_validator.utils.http import HttpRequester

folder, context, *profiles = sys.argv[1:]
content = Path(context).read_bytes().replace(b"https://bioschemas.org/terms/", b"https://bioschemas.org/")


def get(self, url, **options):
    """Answer for the web, which has the one document that is asked for."""
    assert url.startswith("https://w3id.org/ro/crate/"), url
    answer = requests.Response()
    answer.status_code, answer.url, answer._content = 200, url, content
    answer.headers["Content-Type"] = "application/ld+json"
    return answer


HttpRequester.get = get
failed = 0
for profile in profiles:
    settings = services.ValidationSettings(
        rocrate_uri=folder, profile_identifier=profile, requirement_severity=models.Severity.REQUIRED
    )
    result = services.validate(settings)
    for issue in result.get_issues():
        print(f"{profile}: {issue.severity.name}: {issue.check.identifier}: {issue.message}")
    print(f"{profile}: {'passed' if result.passed() else 'failed'}, {len(result.executed_checks)} checks")
    failed += not result.passed()
sys.exit(failed)
