//go:build tools

// Package tools names the one program that is built from this module, so that `go mod tidy` keeps what it needs.
package tools

import _ "github.com/Shopify/toxiproxy/v2/cmd/server"
