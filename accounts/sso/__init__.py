"""Single sign-on by SAML 2.0 (guide: Single Sign-On): identity providers of organizations and their log-ins.

`guard` refuses hostile XML, `saml` speaks SAML, `actions` keep providers and roles and let people in.
"""
