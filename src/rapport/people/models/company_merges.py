"""Companies that are one, and the domains by which they are recognised."""

from __future__ import annotations

from django.db import models

from rapport.people.models.companies import Company


class CompanyMerge(models.Model):
    """One line of the journal: `absorbed` is part of `survivor` until it is undone.

    `snapshot` holds what the survivor was before: traits, trait facts, and whom it had as members.
    """

    id = models.BigAutoField(primary_key=True)
    survivor = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="merges_won")
    absorbed = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="merges_lost")
    merged_at = models.DateTimeField()
    rule = models.CharField(max_length=64)
    merged_by = models.CharField(max_length=254, blank=True, default="")
    snapshot = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"], condition=models.Q(undone_at=None), name="people_company_merged_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.absorbed_id} → {self.survivor_id}"


class CompanyDomain(models.Model):
    """An internet domain that a company said is its own; another company with the same is likely the same one."""

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="known_domains")
    domain = models.CharField(max_length=254, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "domain"], name="people_company_domain_once")
        ]

    def __str__(self) -> str:
        return self.domain
