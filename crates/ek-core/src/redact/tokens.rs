//! The beginnings that issuers give their tokens, so that these are found where they have leaked.
//!
//! A new one goes into the row of what follows it. A short one needs a long rest, or words would be masked:
//! `pplx-70b-online` is a model and `npm_config_registry` a variable.

/// Beginnings, and the pattern of what has to follow.
pub(super) const TOKENS: [(&str, &str); 16] = [
    // OpenAI, Anthropic, OpenRouter, DeepSeek, Stripe, Cerebras, Groq, Pinecone, Chutes; also with the
    // stars and dots that servers put in the middle.
    (
        "sk- sk_ pk- pk_ rk- rk_ SK- SK_ PK- PK_ RK- RK_ Sk- csk- gsk_ psk- pcsk_ cpk_",
        r"(?:\.*[A-Za-z0-9_*\-]){3,}",
    ),
    // Google, NVIDIA, GitHub, GitLab.
    (
        "AIza GOCSPX- ya29. nvapi- gho_ ghp_ ghr_ ghs_ ghu_ github_pat_ glpat-",
        r"(?:\.*[A-Za-z0-9_\-]){4,}",
    ),
    // Slack.
    ("xapp- xoxa- xoxb- xoxc- xoxd- xoxe- xoxo- xoxp- xoxr- xoxs- xwfp-", r"[A-Za-z0-9\-]{4,}"),
    // Hugging Face, Replicate, Perplexity, xAI, Jina.
    ("hf_ r8_ pplx- xai- jina_", r"[A-Za-z0-9]{8,}"),
    // Google, Together, LangSmith, Tavily, Weights & Biases.
    ("AQ.Ab tgp_v1_ lsv2_ tvly- wandb_v1_", LONG),
    // GitLab, PyPI, RubyGems, Atlassian, Terraform, Linear, Postman, Figma.
    (
        "gldt- glrt- glft- glwt- gloas- glsoat- glcbt- glimt- glptt- glagent- pypi-AgE rubygems_ ATATT3x \
         ATCTT3x ATBB atlasv1. lin_api_ lin_oauth_ PMAK- figd_",
        LONG,
    ),
    // Vault, Doppler, age, DigitalOcean, Supabase, PlanetScale, Baidu.
    (
        "hvb. hvr. hvs. dp.ct. dp.pt. dp.sa. dp.st. AGE-SECRET-KEY-1 doo_v1_ dop_v1_ dor_v1_ \
         sb_publishable_ sb_secret_ pscale_oauth_ pscale_pw_ pscale_tkn_ ALTAK-",
        LONG,
    ),
    // Shopify, Square, Grafana, SendGrid.
    ("shpat_ shpca_ shppa_ shpss_ sq0atp- sq0csp- glc_ glsa_ SG.", LONG),
    // AWS, Tencent, Volcengine, Alibaba.
    ("AKIA ASIA ABIA ACCA AKID AKLT LTAI", r"[A-Za-z0-9]{12,}"),
    // Databricks, npm, Hugging Face, Fireworks, E2B, RunPod, Vercel, Supabase.
    ("dapi dkea dose npm_ api_org_ fw_ e2b_ rpa_ vca_ vck_ vcp_ vcr_ sbp_", r"[A-Za-z0-9]{12,}"),
    // OpenAI's sessions, Modal, Voyage, Firecrawl, Notion.
    ("sess- ak- as- pa- fc- secret_ ntn_", r"[A-Za-z0-9]{16,}"),
    // Mailgun, Twilio.
    ("key- SK", r"[0-9a-f]{32}"),
    // Telegram.
    ("bot", r"[0-9]{8,}:[A-Za-z0-9_\-]{30,}"),
    // In base64: hooks of Stripe, AWS Bedrock, Sentry, a PEM.
    ("whsec_ ABSK bedrock-api-key- sntrys_ sntryu_ LS0tLS1CRUdJTi", r"[A-Za-z0-9+/_\-]{8,}=*"),
    // JSON web tokens, signed or encrypted, and JSON in base64 that is not short.
    (
        "eyJ",
        r"(?:[A-Za-z0-9_\-]{16,}(?:\.+[A-Za-z0-9_\-]+)*|[A-Za-z0-9_\-]{6,15}(?:\.+[A-Za-z0-9_\-]+)+)",
    ),
    // Addresses that are keys.
    (
        "hooks.slack.com/services/ hooks.slack.com/triggers/ hooks.slack.com/workflows/ \
         discord.com/api/webhooks/ discordapp.com/api/webhooks/ webhook.office.com/webhookb2/",
        r"[A-Za-z0-9_/@\-]{8,}",
    ),
];

const LONG: &str = r"(?:\.*[A-Za-z0-9_\-]){8,}";
