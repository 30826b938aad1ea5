"""Names and places for the demo's customers, who have none in the data. Common ones, put together at random."""
