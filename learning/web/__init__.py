"""What every page shares: access, forms, errors, headers, assets, language, downloads."""
