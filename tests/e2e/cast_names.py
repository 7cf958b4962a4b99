"""Names of the cast that are scripts; apart, because what makes the cast needs a database."""

from typing import Final

SCRIPT: Final = '<script>document.title="ran"</script>'
IMAGE: Final = '"><img src=x onerror="document.title=\'ran\'">'
