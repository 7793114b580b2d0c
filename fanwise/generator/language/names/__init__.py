"""The names pass: a document whose shape is right becomes a `Dataset`."""
