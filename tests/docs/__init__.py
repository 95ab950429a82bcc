"""What is written about the product stays true: docs, translations."""
