"""The demonstration: one hospital, 200 access points, and where each of them must end up.

`hospital.json` is the input, `hospital_expected.csv` the outcome, written down by hand from the rules of the
guide (section Autoprovisioning); `player` plays the input against a fresh server and compares the two.
Nothing here imports the auto-provisioning engine: the file is a second opinion on it.

Shape of `hospital.json`:

    org             {"name"}
    sites           bodies of POST /orgs/{id}/sites; Primary Site comes with the organization
    deviceprofiles  bodies of POST /orgs/{id}/deviceprofiles
    setting         body of PUT /orgs/{id}/setting: auto_site_assignment, auto_deviceprofile_assignment,
                    auto_device_naming
    devices         200 of:
        ref         "A001" to "A200", the key of the expected file
        model       AP12, AP34, AP43 or AP45
        before      what an administrator did before the first check-in, any of
                    {"name", "site" (a name), "profile" (a name)}; absent: nothing
        ip, netmask, lldp {"system_name", "port_id", "port_desc", "mgmt_addr"} (possibly empty), dns_suffix,
        version, uptime (seconds): what the device reports when it checks in

Addresses, serial numbers and claim codes are made anew in each run: device i of a model is played by the i-th
manufactured unit of that model.

Columns of `hospital_expected.csv`: ref, site, profile, name (empty: none), why (the rule that decides, or the
reason why none does). An outcome never depends on whether rules also run at claim time, when only model and
name are known: the rules which read those come first, and the units of the closing model rule match no other.

Odd characters that an editor would hide or mend (a decomposed accent, a no-break space, a Cyrillic letter)
are written as JSON escapes.
"""
