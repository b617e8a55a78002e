"""A shipper's request -> log records: one file a wire format, no I/O, and nothing known of crashes."""
