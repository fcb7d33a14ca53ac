"""Who may ask whom: Cedar policies in readable files (policies/), the same for the hub and for whoever asks first."""
