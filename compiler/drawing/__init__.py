"""What every drawing and page is made of: tables, markup, boxes, curves and their layout; it knows no causality."""
