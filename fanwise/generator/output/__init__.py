"""Where rows go: file formats, publishing, destinations, the manifest and content hashes."""
