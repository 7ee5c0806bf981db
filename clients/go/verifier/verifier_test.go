package verifier

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sessionv1 "daypass.dev/api/session/v1"
	"daypass.dev/daypass"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// The loader takes objects of one reading, and no others.
func TestStrictJSON(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 31) + "{}" + strings.Repeat("}", 31)
	for _, good := range []string{`{}`, `{"a":[1,-2.5e3,null,true,"\ud83d\ude00\\ud800"]}`, deep} {
		if _, err := loadsObject([]byte(good)); err != nil {
			t.Errorf("%s is refused", good)
		}
	}
	for _, bad := range []string{
		``, `[]`, `1`, `{}{}`, `{"a":1,"a":1}`, `{"a":{"b":1,"\u0062":1}}`, `{"a":NaN}`, `{"a":"\ud800"}`,
		`{"a":"\udc00\ud800"}`, `{"\ud800x":1}`, "{\"a\":\"\xff\"}", "\xef\xbb\xbf{}", `{"a":1e400}`,
		`{"a":` + strings.Repeat("1", 33) + `}`, `{"a":` + deep + `}`, `{"a":01}`, `{'a':1}`,
	} {
		if _, err := loadsObject([]byte(bad)); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

// Every value has one spelling in base64url.
func TestBase64HasOneSpelling(t *testing.T) {
	for _, bad := range []string{"QQ==", "QR", "Q", "Q Q", "QQ\n", "+/+/"} {
		if _, ok := decodeBase64([]byte(bad)); ok {
			t.Errorf("%q is taken", bad)
		}
	}
}

// A key of small or mixed order, or in another spelling, is refused.
func TestEd25519KeysAreOfPrimeOrder(t *testing.T) {
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil || !isSafeEd25519(public) {
		t.Fatalf("a good key is refused: %v", err)
	}
	// Points of order 1, 2, 4 and 8, and the identity beyond the prime.
	for _, small := range []string{
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	} {
		data := make([]byte, 32)
		for place := range data {
			for _, digit := range small[2*place : 2*place+2] {
				data[place] = data[place]<<4 | byte(strings.IndexRune("0123456789abcdef", digit))
			}
		}
		if isSafeEd25519(data) {
			t.Errorf("%s is taken", small)
		}
		point, ok := decompress(data)
		good, _ := decompress(public)
		if ok && !point.isIdentity() && good.add(point).times(order).isIdentity() {
			t.Errorf("a sum with %s is of prime order", small)
		}
	}
}

// A set that shows a secret, or is none, is refused whole.
func TestKeySetsArePublic(t *testing.T) {
	for _, bad := range []string{
		`[]`, `{"keys":{}}`, `{"keys":[1]}`, `{"keys":[{"kid":"a","d":"x"}]}`, `{"keys":[{"k":"x"}]}`,
		`{"keys":[{"kid":1}]}`, `{"keys":[{"kid":"a","key_ops":"verify"}]}`,
	} {
		if _, err := parseKeySet([]byte(bad), ""); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
	found, err := parseKeySet([]byte(`{"keys":[{"kid":"a","use":"sig","key_ops":["sign"]}]}`), "max-age=60")
	if err != nil || found.keys[0].use != "" || found.maxAge != time.Minute {
		t.Errorf("%+v, %v", found, err)
	}
	ring := &keyRing{ageMax: time.Hour}
	if ring.take(keySet{keys: []publicKey{{kid: "a"}, {kid: "a"}}}, 0, 0) == nil {
		t.Error("two keys of one name are taken")
	}
}

// Of a packed claim nothing is left over, and no more unfolds than may.
func TestPackedClaimsAreBounded(t *testing.T) {
	pack := func(data []byte) []byte {
		packed := &bytes.Buffer{}
		writer := zlib.NewWriter(packed)
		_, _ = writer.Write(data)
		_ = writer.Close()
		return packed.Bytes()
	}
	if _, ok := inflate(pack(make([]byte, unpackedBytesMax))); !ok {
		t.Error("what may unfold is refused")
	}
	whole := pack([]byte("{}"))
	for title, bad := range map[string][]byte{
		"too long": pack(make([]byte, unpackedBytesMax+1)), "more behind it": append(whole, 0),
		"cut off": whole[:len(whole)-1], "none": []byte("x"),
	} {
		if _, ok := inflate(bad); ok {
			t.Errorf("%s is taken", title)
		}
	}
}

func news(sequence int64, scope sessionv1.Revocation_Scope, subject string) *sessionv1.WatchRevocationsResponse {
	found := &sessionv1.WatchRevocationsResponse{LogId: "log", Sequence: sequence, Complete: true}
	if subject != "" {
		found.Revocations = []*sessionv1.Revocation{{
			Sequence: sequence, Scope: scope, Subject: subject, KeepTime: timestamppb.New(time.Unix(9e9, 0)),
		}}
	}
	return found
}

// A token is ended by what it is, by what it came of, and by their accounts, behind its
// place; a session by its own name whatever its number.
func TestWhatEndsAToken(t *testing.T) {
	const ancestor = "ASIAQAAAAAAAAAAAAAAA" // Carries the account 000000000000.
	of := &origin{
		logID: "log", sequence: 7, ownName: name{"session", "me"},
		ancestors: []string{"me", ancestor}, others: []name{{"principal", "p"}},
	}
	for _, each := range []struct {
		sequence int64
		scope    sessionv1.Revocation_Scope
		subject  string
		ends     bool
	}{
		{7, sessionv1.Revocation_SCOPE_SESSION, "me", true},
		{8, sessionv1.Revocation_SCOPE_SESSION, ancestor, true},
		{7, sessionv1.Revocation_SCOPE_SESSION, ancestor, false},
		{8, sessionv1.Revocation_SCOPE_PRINCIPAL, "p", true},
		{8, sessionv1.Revocation_SCOPE_PRINCIPAL, "q", false},
		{8, sessionv1.Revocation_SCOPE_ACCOUNT, "000000000000", true},
		{8, sessionv1.Revocation_SCOPE_TOKEN, "me", true},
	} {
		known := newRevocations(time.Minute)
		if err := known.take(news(each.sequence, each.scope, each.subject), 0, time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
		if err := known.check(of); (err != nil) != each.ends {
			t.Errorf("%+v: %v", each, err)
		}
	}
}

// What is not known ends all vouching; another log is begun anew; what is behind or old
// is no answer.
func TestWhatIsKnownOfRevocations(t *testing.T) {
	known := newRevocations(time.Minute)
	reason := func(err error) string {
		var ignorant *daypass.CannotVouchError
		if errors.As(err, &ignorant) {
			return ignorant.Reason
		}
		return ""
	}
	if _, err := known.age(0); reason(err) != "revocations_unknown" {
		t.Error(err)
	}
	if err := known.take(news(7, sessionv1.Revocation_SCOPE_KEY, "kid"), 0, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	if err := known.check(&origin{logID: "log", sequence: 8}); reason(err) != "revocations_behind" {
		t.Error(err)
	}
	if _, err := known.age(time.Minute); err != nil {
		t.Error(err)
	}
	if _, err := known.age(time.Minute + 1); reason(err) != "revocations_stale" {
		t.Error(err)
	}
	late := news(7, 0, "")
	late.Staleness = durationpb.New(time.Second)
	if err := known.take(late, time.Minute, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	if age, err := known.age(time.Minute); err != nil || age != time.Second {
		t.Error(age, err)
	}
	if known.take(news(8, 9, "x"), time.Minute, time.Unix(0, 0)) == nil {
		t.Error("an unknown scope is taken")
	}
	if _, err := known.age(time.Minute); reason(err) != "revocations_unknown" || !known.isRevokedKey("kid") {
		t.Error(err)
	}
}

// With the URL of a key set identity tokens are verified, and what can be revoked is not.
func TestKeySetURL(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	answer, asked := http.StatusOK, 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.WriteHeader(answer)
		_ = json.NewEncoder(w).Encode(object{"keys": []object{{
			"kid": "k", "kty": "OKP", "alg": "EdDSA", "use": "sig", "crv": "Ed25519", "x": encode(public),
		}}})
	}))
	defer server.Close()
	ctx := context.Background()
	made, err := New(ctx, JWKSURL{URL: server.URL}, Config{WithoutRevocations: true})
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	now := time.Now().Unix()
	sign := func(kid, kind string, claims object) string {
		header, _ := json.Marshal(object{"alg": "EdDSA", "kid": kid, "typ": kind})
		payload, _ := json.Marshal(claims)
		input := encode(header) + "." + encode(payload)
		return input + "." + encode(ed25519.Sign(private, []byte(input)))
	}
	identity := object{
		"jti": "id", "iss": "us", "sub": "me", "aud": "you", "iat": now, "exp": now + 60,
		"https://sts.amazonaws.com/": object{"a": "b"}, "more": true,
	}
	found, view, err := made.VerifyIdentityToken(ctx, sign("k", "JWT", identity), "us", "you")
	if err != nil || found.Subject != "me" || found.Others["more"] != true || view.Followed {
		t.Errorf("%+v, %v, %v", found, view, err)
	}
	_, _, err = made.VerifySessionToken(ctx, sign("k", "daypass-session+jwt", object{
		"ver": 1, "iss": "r", "jti": "j", "sub": "s", "iat": now, "exp": now + 60, "kind": "role",
		"acct": "a", "name": "", "epoch": []any{"log", 1}, "dkid": "d", "origin": "o",
	}))
	var ignorant *daypass.CannotVouchError
	if !errors.As(err, &ignorant) || ignorant.Reason != "revocations_not_followed" {
		t.Error(err)
	}
	answer = http.StatusNotFound
	_, _, err = made.VerifyIdentityToken(ctx, sign("other", "JWT", identity), "us", "you")
	var rejected *daypass.TokenRejectedError
	if !errors.As(err, &rejected) || rejected.Reason != "unknown_key" || asked != 2 {
		t.Error(asked, err)
	}
	if made.Status().LastError == nil {
		t.Error("a failure is not told")
	}
	for _, url := range []string{"http://sts.example/", "https://", "x", server.URL + "#f"} {
		if _, err := New(ctx, JWKSURL{URL: url}, Config{WithoutRevocations: true}); err == nil {
			t.Errorf("%s is taken", url)
		}
	}
	if _, err := New(ctx, JWKSURL{URL: server.URL}, Config{}); err == nil {
		t.Error("a URL is to tell of revocations")
	}
}

// The memory keeps the last half of its bound, and never more than the bound.
func TestMemoryIsBounded(t *testing.T) {
	kept := newMemory(4)
	for number := byte(0); number < 100; number++ {
		kept.put([32]byte{number}, &seen{})
		if len(kept.young)+len(kept.old) > 4 || kept.get([32]byte{number}) == nil {
			t.Fatal(number)
		}
	}
	if kept.get([32]byte{0}) != nil {
		t.Error("what was not used for long is kept")
	}
}
