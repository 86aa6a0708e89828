"""The standard as data: one file per department, code lists, legal bases; `load` reads and judges them."""
