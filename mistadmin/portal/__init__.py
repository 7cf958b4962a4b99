"""Pages and parts of pages that cross apps."""
