// Package hmrc is the wire of HMRC's VAT (MTD) API 1.0 as a client sees it: the nine
// boxes, period keys, fraud prevention headers, answers and errors. It is pure: nothing
// here calls anybody, reads a clock or a row. Calls are made by endpoints of
// oauth_consumer, which these types plug into.
//
// The facts are HMRC's published guides and open-source services. The stand-in
// (hmrcsim) reads them once more on its own and shares no code with this package, so
// that each checks the other.
package hmrc
