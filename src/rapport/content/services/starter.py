"""What a new template starts from: readable on phones, in the dark, and with its way out in place."""

STARTER_SUBJECT = "A note from {{ workspace.name }}"
STARTER_MJML = """\
<mjml lang="en">
  <mj-head>
    <mj-attributes>
      <mj-all font-family="Inter, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" />
      <mj-text font-size="16px" line-height="1.6" color="#1f2328" />
      <mj-button background-color="#3b5bdb" color="#ffffff" border-radius="8px" font-size="16px"
                 font-weight="600" inner-padding="12px 24px" align="left" />
    </mj-attributes>
    <mj-style>
      :root { color-scheme: light dark; supported-color-schemes: light dark; }
      @media (prefers-color-scheme: dark) {
        .page, .page table, .card, .card table { background: #15171a !important; }
        .text div, .quiet div { color: #e6e8eb !important; }
      }
    </mj-style>
  </mj-head>
  <mj-body css-class="page" background-color="#f4f5f7" width="600px">
    <mj-section padding="24px 0 0"><mj-column></mj-column></mj-section>
    <mj-section css-class="card" background-color="#ffffff" border-radius="8px" padding="24px 8px">
      <mj-column>
        <mj-text css-class="text" font-size="22px" font-weight="600" line-height="1.3">
          Hello {{ person.first_name | default: "there" }},
        </mj-text>
        <mj-text css-class="text">
          Say in one or two sentences why you are writing, and what the reader gets from it.
        </mj-text>
        <mj-button href="https://example.com/">Have a look</mj-button>
        <mj-text css-class="text">
          Best wishes,<br />{{ workspace.sender_name }}
        </mj-text>
      </mj-column>
    </mj-section>
    <mj-section padding="8px">
      <mj-column>
        <mj-text css-class="quiet" font-size="13px" color="#656d76" align="center">
          You get this because you agreed to hear from {{ workspace.name }}.<br />
          <a href="{{ unsubscribe_url }}" style="color:inherit">Unsubscribe</a> &middot;
          <a href="{{ preferences_url }}" style="color:inherit">Choose what you get</a>
          {% if workspace.postal_address %}<br />{{ workspace.postal_address }}{% endif %}
        </mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""
