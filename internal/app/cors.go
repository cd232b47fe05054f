package app

import (
	"net/http"
	"strings"
)

// Pages of any origin may call what speaks AWS JSON or RPC v2 CBOR, as on AWS's own endpoints: a call is signed with a key that the page
// must have, never with anything that a browser keeps and adds by itself.

// isPreflight tells a browser that asks whether a page may make a call: in AWS JSON, or in Smithy RPC v2 CBOR.
func isPreflight(r *http.Request) bool {
	headers := strings.ToLower(r.Header.Get("Access-Control-Request-Headers"))
	json := r.URL.Path == "/" && strings.Contains(headers, "x-amz-target")
	cbor := strings.HasPrefix(r.URL.Path, "/service/") && strings.Contains(headers, "smithy-protocol")
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && (json || cbor)
}

// preflight allows the call.
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", http.MethodPost)
	h.Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
	h.Set("Access-Control-Max-Age", "172800")
	w.WriteHeader(http.StatusOK)
}

// shared lets a page read the answer.
func shared(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Origin") != "" {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Expose-Headers", "x-amzn-RequestId,x-amzn-ErrorType,Smithy-Protocol,Date")
	}
}
