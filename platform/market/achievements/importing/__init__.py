"""From an office file to the register: workbook → columns → rows → plan → batch."""
