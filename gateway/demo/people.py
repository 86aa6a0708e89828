"""What the demo publishes: its test people, and what the gateway's own store must hold about them."""

from __future__ import annotations

from gateway.demo.consents import DemoConsent, demo_consents
from gateway.demo.disputes import DemoDispute, demo_disputes
from gateway.demo.published import TEST_PEOPLE, TestPerson

__all__ = ["TEST_PEOPLE", "DemoConsent", "DemoDispute", "TestPerson", "demo_consents", "demo_disputes"]
