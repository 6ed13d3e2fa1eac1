"""The engines behind one Protocol: Elasticsearch, the embedded index, and the reduced answer of PostgreSQL."""
