"""What came of the wishes of a place: collected, claimed, lit, late. For work results; never by person."""
