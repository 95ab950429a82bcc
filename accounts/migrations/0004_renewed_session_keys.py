"""Kept sessions get new keys; a session knows whether its device is shared, and why it ended."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_mailed_codes"),
    ]

    operations = [
        migrations.CreateModel(
            name="SpentKey",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("session", models.UUIDField(db_index=True)),
                ("spent_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="session",
            name="ended_why",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="session",
            name="key_seen_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="session",
            name="renewed_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddField(
            model_name="session",
            name="shared",
            field=models.BooleanField(default=False),
        ),
    ]
