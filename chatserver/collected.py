"""The static files that `./chat serve` has collected, as its workers serve them.

During a rolling restart a page of the new version may ask an old worker for its files: what a worker did not find at
its start is looked for when it is asked.
"""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware


class CollectedFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # WhiteNoise is untyped
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.directories.append((f"{self.static_root}/", self.static_prefix))

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path.startswith(self.static_prefix) and path not in self.files:
            found = self.find_file(path)
            if found is not None:
                self.files[path] = found
        response: HttpResponseBase = super().__call__(request)
        return response
