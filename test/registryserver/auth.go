package registryserver

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// auth is who may read.
type auth struct {
	scheme, user, password, realm string
	tokens                        map[string]bool
	issued                        int
}

// RequireBasic lets in who has the password.
func (s *Server) RequireBasic(user, password string) {
	s.require(auth{scheme: "Basic", user: user, password: password})
}

// RequireBearer lets in who has a token, which who has the password gets at the realm, for example
// https://registry.example/token; it is served at /token. With an empty user everybody gets one.
func (s *Server) RequireBearer(realm, user, password string) {
	s.require(auth{scheme: "Bearer", realm: realm, user: user, password: password})
}

// ExpireTokens makes every token that was given worthless.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.auth.tokens = map[string]bool{}
}

func (s *Server) require(a auth) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.tokens, a.issued = map[string]bool{}, s.auth.issued
	s.auth = a
}

// admit tells whether a request may pass, and otherwise asks for credentials.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) bool {
	s.mu.Lock()
	a := s.auth
	known := a.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	s.mu.Unlock()
	switch {
	case a.scheme == "", a.scheme == "Bearer" && known:
		return true
	case a.scheme == "Basic":
		if user, password, ok := r.BasicAuth(); ok && user == a.user && password == a.password {
			return true
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
	default:
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+a.realm+`",service="registry"`)
	}
	refuse(w, http.StatusUnauthorized, "UNAUTHORIZED", "authentication required")
	return false
}

// token is the token server.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	user, password, _ := r.BasicAuth()
	if s.auth.user != "" && (user != s.auth.user || password != s.auth.password) {
		refuse(w, http.StatusForbidden, "DENIED", "denied")
		return
	}
	s.auth.issued++
	token := "token-" + strconv.Itoa(s.auth.issued)
	if s.auth.tokens == nil {
		s.auth.tokens = map[string]bool{}
	}
	s.auth.tokens[token] = true
	_ = json.NewEncoder(w).Encode(map[string]string{"token": token})
}

// refuse in the words of a registry.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []map[string]string{{"code": code, "message": message}}})
}
