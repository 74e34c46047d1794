"""The local or shared lake of runs: index, codec, places, SQL."""
