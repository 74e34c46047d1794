"""What trackers' readers share: files, keys, attempts, hardware, and the one place where a Run is made."""
