"""What holds the pages together: layout, language, headers, error pages, uploads, home and console."""
