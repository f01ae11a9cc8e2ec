package oauthtest

var odooTests, regressionTests []test
