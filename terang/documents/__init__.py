"""The document store: as a folder, on S3, or served to others with signed receipts."""
