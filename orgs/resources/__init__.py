"""One file per kind of configuration document; each declares `RESOURCE`."""
