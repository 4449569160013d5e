"""What the ledger's raw rows say on one day, read slowly and apart from the SQL: one module per block.

Each module has ``figures(known, key)``: what its block must say of one invoice or customer, by column.
"""
