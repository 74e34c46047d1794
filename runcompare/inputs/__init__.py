"""From what a caller gives to groups and a request: references, folders and options, with the settings filled in."""
