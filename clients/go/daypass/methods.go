package daypass

import (
	stsv1 "daypass.dev/api/sts/v1"
)

const (
	stsService     = "/daypass.api.sts.v1.SecurityTokenService/"
	tokenService   = "/daypass.api.token.v1.TokenService/"
	keyringService = "/daypass.api.keyring.v1.KeyringService/"
)

// Operations whose own request is their proof, or that need none.
var unsigned = map[string]bool{
	stsService + "AssumeRoleWithWebIdentity": true,
	stsService + "AssumeRoleWithSAML":        true,
	keyringService + "GetKeySet":             true,
}

// Operations that may not be made again whenever that could help.
var repetitions = map[string]repetition{
	stsService + "AssumeRole":                scarce,
	stsService + "BatchAssumeRole":           scarce,
	stsService + "AssumeRoleWithWebIdentity": scarce,
	stsService + "AssumeRoleWithSAML":        never,
	stsService + "AssumeRoot":                scarce,
	stsService + "GetSessionToken":           scarce,
	stsService + "GetFederationToken":        scarce,
	stsService + "GetWebIdentityToken":       scarce,
	stsService + "GetDelegatedAccessToken":   never,
	tokenService + "CreateTradeInToken":      scarce,
	tokenService + "ExchangeToken":           scarce,
	keyringService + "RotateKeys":            never,
}

// repetitionOf says when a call may be made again: never with the code of a second
// factor, which is good for once.
func repetitionOf(method string, request any) repetition {
	if batch, ok := request.(*stsv1.BatchAssumeRoleRequest); ok {
		for _, each := range batch.Requests {
			if each.GetTokenCode() != "" {
				return never
			}
		}
	}
	if coded, ok := request.(interface{ GetTokenCode() string }); ok && coded.GetTokenCode() != "" {
		return never
	}
	return repetitions[method]
}
