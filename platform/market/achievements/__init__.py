"""IP rights and results, import from office files, the institution's register (职务科技成果单列管理)."""
