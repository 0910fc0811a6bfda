"""An opener as a service: one process for each member, and nothing but the chain between them."""
