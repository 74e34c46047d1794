"""What the secrets of known providers look like: for each a literal that its texts hold, and an expression.

The literal is looked for first, so that texts without one, which are nearly all, cost little. Every repetition has an
upper bound, so that no text takes more than linear time. A pattern that words could fit too says so by `random`.
"""

import re
from dataclasses import dataclass
from functools import cache

__all__ = ["LITERALS", "PATTERNS", "Pattern"]

_KEY_IN_PROSE = tuple(f" {what}" for word in ("key", "token") for what in (word, word.title(), word.upper()))
_IN_PROSE = (
    r"(?i)\b(?:api|access|secret|private|auth) (?:key|token)\b(?: \w{2,12}){0,2}[ \t]{0,2}[:=]?[ \t]{1,2}[\"']?"
    r"(?P<secret>[\w.~+/-]{16,512})"
)
_GITLAB = "glpat- gldt- glft- glrt- glptt- glcbt- glsoat- glimt- glagent- gloas- glrtr- glffct- GR1348941"
_UNKNOWN = r"(?<=[A-Za-z0-9][_-])(?<!sha\d{3}-)(?P<secret>[A-Za-z0-9]{26,256})(?![A-Za-z0-9+/=])"
_BEFORE, _AFTER = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"


@dataclass(frozen=True, slots=True)
class Pattern:
    """`literals`: one of them stands in every match, if there are any. `random`: a match must look random to count;
    `scrambled`: more than hashes do."""

    provider: str
    literals: tuple[str, ...]
    source: str
    random: bool = False
    scrambled: bool = False

    @property
    def expression(self) -> re.Pattern[str]:
        return _compiled(self.source)


@cache
def _compiled(source: str) -> re.Pattern[str]:
    """Compiled when its literal is first met: few texts ever hold one, and all of them take 25 ms."""
    return re.compile(source)


def _key(provider: str, literals: str, expression: str, *, random: bool = False, scrambled: bool = False) -> Pattern:
    return Pattern(provider, tuple(literals.split()), f"{_BEFORE}(?:{expression}){_AFTER}", random, scrambled)


def _part(provider: str, literals: str, expression: str, *, random: bool = False, scrambled: bool = False) -> Pattern:
    """Not bounded by letters; a group named `secret` is what goes."""
    return Pattern(provider, tuple(literals.split()), expression, random, scrambled)


PATTERNS: tuple[Pattern, ...] = (
    _key("AWS", "AKIA ASIA ABIA ACCA", r"(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}"),
    _key("Google API key", "AIza", r"AIza[\w-]{35}"),
    _key("Google OAuth", "ya29. GOCSPX- 1//0", r"ya29\.[\w-]{20,2048}|GOCSPX-[\w-]{20,64}|1//0[\w-]{30,512}"),
    _part("Azure", "AccountKey= SharedAccessKey=", r"(?:Account|SharedAccess)Key=(?P<secret>[A-Za-z0-9+/=]{20,256})"),
    _key("Azure client secret", "Q~", r"[\w~.-]{3}\dQ~[\w~.-]{31,40}"),
    _key("GitHub", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", r"gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}"),
    _key("GitLab", _GITLAB, r"gl[a-z]{1,6}-[\w.-]{20,256}|GR1348941[\w-]{20,64}", random=True),
    _key("Hugging Face", "hf_ api_org_", r"(?:hf|api_org)_[A-Za-z0-9]{20,128}(?!_)"),
    _key("OpenAI", "sk-", r"sk-[A-Za-z0-9]{20,256}(?![-_])"),
    _key("OpenAI project", "sk-", r"sk-(?:proj|svcacct|admin|None)-[\w-]{20,256}", random=True),
    _key("Anthropic", "sk-ant-", r"sk-ant-[\w-]{12,256}"),
    _key("OpenRouter", "sk-or-", r"sk-or-v1-[0-9a-f]{32,128}"),
    _key("Langfuse", "-lf-", r"[sp]k-lf-[0-9a-f-]{30,40}"),
    _key("Stripe", "_live_ _test_ whsec_", r"[srp]k_(?:live|test)_[A-Za-z0-9]{10,256}|whsec_[A-Za-z0-9+/=]{20,128}"),
    _key("Groq", "gsk_", r"gsk_[A-Za-z0-9]{20,128}"),
    _key("xAI", "xai-", r"xai-[A-Za-z0-9]{40,128}"),
    _key("Perplexity", "pplx-", r"pplx-[A-Za-z0-9]{32,128}"),
    _key("NVIDIA", "nvapi-", r"nvapi-[\w-]{20,128}"),
    _key("Replicate", "r8_", r"r8_[A-Za-z0-9]{20,128}"),
    _key("Fireworks", "fw_", r"fw_[A-Za-z0-9]{20,128}"),
    _key("Cerebras", "csk-", r"csk-[A-Za-z0-9]{20,128}"),
    _key("LangSmith", "lsv2_", r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    _key("Pinecone", "pcsk_", r"pcsk_\w{20,128}"),
    _key("W&B", "wandb_v1_ local-", r"wandb_v1_\w{20,256}|local-[0-9a-f]{40}"),
    _part("W&B login", "wandb login", r"wandb login(?: --?[a-z-]{1,20}){0,4} (?P<secret>[0-9A-Za-z_-]{40,256})"),
    _key("W&B in base64", "YXBpO", r"YXBpO[A-Za-z0-9+/]{20,512}={0,2}"),
    _key("Neptune", "eyJhcGlf", r"eyJhcGlf[A-Za-z0-9+/_-]{20,2048}={0,2}"),
    _key("JSON web token", "eyJ", r"eyJ[\w-]{8,8192}(?:\.[\w-]{2,65536}){1,4}"),
    _key("Slack", "xox xapp-", r"xox[abeoprs]-[\w-]{10,256}|xapp-\d-[\w-]{10,256}"),
    _part("Slack webhook", "hooks.slack.com", r"hooks\.slack\.com/(?:services|workflows)/(?P<secret>[\w/-]{10,256})"),
    _part("Discord webhook", "/api/webhooks/", r"/api/webhooks/(?P<secret>\d{5,32}/[\w-]{10,256})"),
    _key("Discord bot", "", r"[MNO][\w-]{23,28}\.[\w-]{6}\.[\w-]{27,64}", random=True),
    _part("Telegram", ":AA", r"(?<!\d)\d{8,10}:AA[\w-]{33}(?![\w-])"),
    _key("Twilio", "SK", r"SK[0-9a-f]{32}"),
    _key("SendGrid", "SG.", r"SG\.[\w-]{16,64}\.[\w-]{16,128}"),
    _key("Mailgun", "key-", r"key-[0-9a-f]{32}"),
    _key("Mailchimp", "-us", r"[0-9a-f]{32}-us\d{1,2}"),
    _key("npm", "npm_", r"npm_[A-Za-z0-9]{20,128}"),
    _key("PyPI", "pypi-", r"pypi-[\w-]{16,512}", random=True),
    _key("RubyGems", "rubygems_", r"rubygems_[0-9a-f]{48}"),
    _key("Docker", "dckr_", r"dckr_(?:pat|oat)_[\w-]{20,128}"),
    _key("DigitalOcean", "_v1_", r"do[opr]_v1_[0-9a-f]{64}"),
    _key("Databricks", "dapi", r"dapi[0-9a-f]{32}(?:-\d)?"),
    _key("Sentry", "sntry", r"sntry[su]_[\w+/=-]{20,512}"),
    _key("Shopify", "shp", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    _key("Square", "sq0 EAAA", r"sq0(?:atp|csp|idp)-[\w-]{20,64}|EAAA[\w-]{56,64}"),
    _key("Linear, Notion", "lin_api_ ntn_ secret_", r"lin_api_\w{30,64}|ntn_[A-Za-z0-9]{40,64}|secret_[A-Za-z0-9]{43}"),
    _key("Doppler", "dp.", r"dp\.(?:pt|st|ct|sa|scim)\.[A-Za-z0-9.]{40,64}"),
    _key("HashiCorp", "hvs. hvb. hvr. .atlasv1.", r"hv[sbr]\.[\w-]{20,512}|\w{14}\.atlasv1\.[\w-]{40,128}"),
    _key("Grafana", "glsa_ glc_", r"glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_[A-Za-z0-9+/=]{32,512}"),
    _key("New Relic, Postman", "NRAK- PMAK-", r"NRAK-[A-Z0-9]{27}|PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    _key("Atlassian", "ATATT3 ATCTT3", r"AT[AC]TT3[\w=-]{30,512}"),
    _key("Airtable", "pat", r"pat\w{14}\.[0-9a-f]{64}"),
    _key("Figma", "figd_", r"figd_[\w-]{20,128}"),
    _key("Supabase", "sbp_", r"sbp_[0-9a-f]{40}"),
    _key("PlanetScale", "pscale_", r"pscale_(?:tkn|oauth|pw)_[\w.-]{20,128}"),
    _key("Fly, Netlify", "fo1_ fm2_ nfp_ nfc_", r"(?:fo1|fm2|nf[pco])_[\w-]{30,512}", random=True),
    _key("Alibaba", "LTAI", r"LTAI[A-Za-z0-9]{12,30}"),
    _key("Heroku, Tavily", "HRKU- tvly-", r"HRKU-[\w-]{20,128}|tvly-[\w-]{20,128}", random=True),
    _key("Jina, RunPod", "jina_ rpa_", r"jina_[A-Za-z0-9_-]{30,128}|rpa_[A-Za-z0-9]{30,128}", random=True),
    _key("Modal", "ak- as-", r"a[ks]-[A-Za-z0-9]{22}", random=True),
    _key("Voyage", "pa-", r"pa-[A-Za-z0-9_-]{40,64}", random=True),
    _key("ElevenLabs", "sk_", r"sk_[0-9a-f]{40,64}"),
    _key("Dropbox", "sl.", r"sl\.[\w-]{60,2048}", random=True),
    _key("age", "AGE-SECRET-KEY-", r"AGE-SECRET-KEY-1[0-9A-Z]{50,64}"),
    _key("AWS Bedrock, Marketplace", "ABSK amzn.mws.", r"ABSK[A-Za-z0-9+/]{60,512}={0,2}|amzn\.mws\.[0-9a-f-]{36}"),
    _key("Facebook", "EAAC EAAM", r"EAA[CM][A-Za-z0-9]{40,512}"),
    _key("Twitter", "AAAAAAAAAA", r"A{18,24}[A-Za-z0-9%]{70,100}", scrambled=True),
    _key("Lambda", "secret_", r"secret_\w{1,64}_[0-9a-f]{32}\.[A-Za-z0-9]{32}"),
    _key("Baseten", "", r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}", scrambled=True),
    _key("Braintree", "access_token$", r"access_token\$\w{1,20}\$[0-9a-z]{16}\$[0-9a-f]{32}"),
    _key("Asana", "1/", r"1/\d{16}:[0-9a-f]{32}"),
    _key("Cloudflare", "v1.0-", r"v1\.0-[0-9a-f]{24}-[0-9a-f]{100,160}"),
    _key("Pulumi, Buildkite, CircleCI", "pul- bkua_ CCIPAT_", r"(?:pul-|bkua_|CCIPAT_\w{10,40}_)[0-9a-f]{40}"),
    _key("readme.com, Anyscale", "rdme_ esecret_", r"rdme_[0-9a-z]{70}|a?esecret_[0-9a-z]{24,64}", random=True),
    _key("Supabase", "sb_secret_", r"sb_secret_[\w-]{20,64}"),
    _key("Roboflow, Adafruit", "rf_ aio_", r"(?:rf|aio)_[A-Za-z0-9]{20,40}", scrambled=True),
    _key("Tailscale, 1Password", "tskey- ops_eyJ", r"tskey-[a-z]{2,12}-[\w-]{16,128}|ops_eyJ[\w-]{100,2048}={0,2}"),
    _key("Brevo", "xkeysib-", r"xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}"),
    _key("Dynatrace", "dt0c01.", r"dt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    _key("OpenShift", "sha256~", r"sha256~[\w-]{43}"),
    _key("Harness", "pat. sat.", r"(?:pat|sat)\.[\w-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{20}"),
    _part("Teams webhook", "/IncomingWebhook/", r"/IncomingWebhook/(?P<secret>[0-9a-f]{32}/[0-9a-f-]{36})"),
    _part(
        "kaggle.json", '"username"', r'"username":\s{0,4}"[^"]{1,64}",\s{0,4}"key":\s{0,4}"(?P<secret>[0-9a-f]{32})"'
    ),
    _part(
        "hash of a password",
        "$apr1$ $2a$ $2b$ $2y$ $5$ $6$ $y$",
        r"\$(?:apr1|2[aby]|5|6|y)\$[\w./]{1,64}\$(?P<secret>[\w./]{20,128})",
    ),
    _part(
        "Putty", "Private-Lines:", r"Private-Lines: \d{1,4}\s{1,4}(?P<secret>(?:[A-Za-z0-9+/=]{1,80}\s{0,4}){1,200})"
    ),
    _part("pgpass", ":5432:", r":5432:[^\s:]{1,64}:[^\s:]{1,64}:(?P<secret>[^\s:]{4,128})"),
    _part("ODBC", ";PWD= ;pwd= ;Pwd=", r"(?i:;pwd=)(?P<secret>[^\s;(]{1,256})"),
    _part("openssl", " pass:", r"-pass(?:in|out)? pass:(?P<secret>[^\s(]\S{0,256})"),
    _part("redis-cli", "redis-cli ", r"\bredis-cli [^\n]{0,256}?-a (?P<secret>[^\s(]\S{0,256})"),
    _part("MinIO client", "alias", r"\bmc alias set \S{1,64} \S{1,256} \S{1,128} (?P<secret>[^\s(]\S{0,256})"),
    Pattern("key in prose", _KEY_IN_PROSE, _IN_PROSE, random=True),
    Pattern(
        "password in prose",
        ("assword is ", "asswd is "),
        r"(?i)\bpassw(?:or)?d is [\"']?(?P<secret>(?=\S{0,64}\d)[^\s\"'(]{6,256})",
    ),
    # a prefix and letters and digits without order, as keys of providers that stand not here have it
    _part("unknown", "", _UNKNOWN, scrambled=True),
    _key("private key in base64", "LS0tLS1CRUdJTi", r"LS0tLS1CRUdJTi[A-Za-z0-9+/\n\\]{20,32768}={0,2}"),
    _part("bearer", "earer", r"\b[Bb]earer[ \t]{1,4}(?P<secret>[\w.~+/-]{16,8192}={0,2})", random=True),
    _part("netrc", "machine ", r"\bpassword[ \t\r\n]{1,8}(?P<secret>[^\s(]\S{0,512})"),
    _part("curl", "curl ", r"(?<!\S)(?:-u|--user)[ \t=]{1,4}[\"']?(?P<secret>[^\s:\"'(]{1,64}:(?!//)[^\s\"']{1,128})"),
    _part(
        "login",
        "login( lient( pi(",
        r"(?:login|[cC]lient|[aA]pi)\((?:\w{1,40}=)?[\"'](?P<secret>[^\"'\s]{16,512})[\"']",
        random=True,
    ),
    _part("key in a URL", "?key= &key=", r"[?&]key=(?P<secret>[\w~.-]{16,512})", random=True),
    _part("sshpass", "sshpass ", r"\bsshpass[ \t]{1,4}-p[ \t]?(?P<secret>[^\s(]\S{0,256})"),
    _part("docker login", "docker login ", r"\bdocker login [^\n]{0,256}?-p[ \t](?P<secret>[^\s(]\S{0,256})"),
    _part("MySQL", "mysql", r"\bmysql(?:dump|admin)?[ \t][^\n]{0,256}?(?<!\S)-p(?P<secret>[^\s(]\S{3,256})"),
    _part("user and password", "@tcp(", r"(?<![^\s\"'=])(?P<secret>[^\s:@/\"']{1,64}:[^\s@\"']{1,128})(?=@tcp\()"),
)
# the same where letters or digits touch them, as in a group called `expghp_...`: beginnings that no word ends in, and
# what follows must look random. `task-` and `sk_` before a hash are no secrets, so that such beginnings are not here.
_TOUCHED = {
    "AKIA ASIA": r"[0-9A-Z]{16}",
    "AIza": r"[\w-]{35}",
    "ya29. GOCSPX- glpat- gldt- glrt- glptt- glcbt- sk-proj- sk-svcacct- sk-admin-": r"[\w-]{20,256}",
    "sk-ant- sk-or-v1- sk-lf- pk-lf- pplx- nvapi- xapp-1- tvly- HRKU- NRAK- PMAK- pypi-": r"[\w-]{20,256}",
    "ghp_ gho_ ghu_ ghs_ ghr_ hf_ api_org_ gsk_ npm_ whsec_ rubygems_ ntn_ sbp_": r"[A-Za-z0-9]{20,255}",
    "sk_live_ rk_live_ pk_live_ sk_test_ rk_test_": r"[A-Za-z0-9]{20,255}",
    "github_pat_ pcsk_ wandb_v1_ jina_ figd_ glsa_ lsv2_": r"\w{20,255}",
    "dckr_pat_ dop_v1_ doo_v1_ dor_v1_ shpat_ shpca_ shppa_ shpss_ pscale_ lin_api_": r"[\w-]{20,512}",
    "sntrys_ sntryu_": r"[\w+/=-]{20,512}",
    "dapi": r"[0-9a-f]{32}",
    "xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs-": r"[\w-]{20,256}",
    "ATATT3 ATCTT3 hvs. hvb. hvr. LTAI": r"[\w=-]{12,512}",
    "eyJ": r"[\w-]{8,8192}(?:\.[\w-]{2,65536}){2,4}",
    "AGE-SECRET-KEY-1": r"[0-9A-Z]{50,64}",
}
PATTERNS += tuple(
    _part("touched", begins, f"(?:{'|'.join(map(re.escape, begins.split()))}){rest}", random=True)
    for begins, rest in _TOUCHED.items()
)
# OpenAI's keys end in no sign of their own where a name goes on, but those of users have this in their middle
PATTERNS += (_part("OpenAI user", "T3BlbkFJ", r"sk-[\w-]{16,256}T3BlbkFJ[A-Za-z0-9]{16,256}"),)
# one of these stands in every match of a pattern that has literals
LITERALS = tuple(sorted({literal for pattern in PATTERNS for literal in pattern.literals}))
