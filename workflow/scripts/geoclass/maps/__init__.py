"""Maps of classes and of crevasse structure."""
