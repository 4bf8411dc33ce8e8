"""The labelling page: its server and the store of labels."""
