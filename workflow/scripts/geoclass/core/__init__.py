"""The ground floor: files, tables, settings, figures; it imports no other chapter."""
