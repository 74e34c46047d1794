"""DVCLive's folders."""
